// The search takes the text as it was pasted: "--since 24h" would mean "without since", and "https:" a field.
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  if (typeof message?.data === "string") {
    message = { ...message, data: message.data.replace(/(^|\s)-+|[:^~*]/g, " ") };
  }
  return post.call(this, message, ...rest);
};
