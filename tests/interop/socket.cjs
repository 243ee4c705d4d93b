// A page that watches a sitting, in Node: says who it is, and prints what it hears.

const { createInterface } = require("node:readline");

const told = (line) => process.stdout.write(JSON.stringify(line) + "\n");

createInterface({ input: process.stdin }).once("line", (line) => {
  const { url, token } = JSON.parse(line);
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token }));
  socket.onmessage = ({ data }) => told(JSON.parse(data));
  socket.onclose = ({ code, reason }) => {
    told({ type: "closed", code, reason });
    process.exit(0);
  };
});
