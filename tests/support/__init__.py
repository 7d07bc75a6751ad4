"""What tests share: servers, clocks, callers and tables. No tests here."""
