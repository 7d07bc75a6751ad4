"""An Airflow DAG that deploys a project to the test environment every night."""

from datetime import datetime, timedelta

from airflow.sdk import DAG
from airflow_workato import WorkatoDeployOperator

with DAG("nightly_release", schedule="@daily", start_date=datetime(2026, 1, 1), catchup=False) as dag:
    WorkatoDeployOperator(
        task_id="deploy",
        project_id=301,
        environment_type="test",
        retries=3,
        retry_delay=timedelta(minutes=5),
    )
