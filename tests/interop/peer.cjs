// A Node program beside ours, on BullMQ as its authors ship it. One JSON document per line on
// standard input says what to do; one line on standard output answers each.
"use strict";

const readline = require("node:readline");
const { Queue, QueueEvents, Worker } = require("bullmq");
const Redis = require("ioredis");

const prefix = process.env.BULL_PREFIX;
const connection = new Redis(process.env.BULL_REDIS, { maxRetriesPerRequest: null });
const queues = new Map();
const workers = [];
const events = new Map();
const seen = [];

function say(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

function remembered(known, name, make) {
  if (!known.has(name)) known.set(name, make());
  return known.get(name);
}

function queueOf(name) {
  return remembered(queues, name, () => new Queue(name, { connection, prefix }));
}

function told(job) {
  const { id, name, data, opts, priority } = job;
  return { id, name, data, opts, priority, failed: job.failedReason ?? null };
}

const verbs = {
  // Work on a queue, for so many milliseconds a job; one whose data says `{"does": "fail"}` fails.
  async work({ queue, concurrency = 1, takes = 0, options = {} }) {
    const work = async (job) => {
      seen.push(told(job));
      if (takes) await new Promise((done) => setTimeout(done, takes));
      if (job.data?.does === "fail") throw new Error("a Node worker stumbled");
      return { by: "node" };
    };
    const worker = new Worker(queue, work, { connection, prefix, concurrency, ...options });
    worker.on("error", () => {});
    workers.push(worker);
    await worker.waitUntilReady();
    return "ready";
  },
  // What our worker was given so far, in order.
  async seen() {
    return seen;
  },
  async add({ queue, jobs }) {
    const listener = remembered(events, queue, () => new QueueEvents(queue, { connection, prefix }));
    await listener.waitUntilReady();
    const added = await queueOf(queue).addBulk(jobs);
    return added.map((job) => job.id);
  },
  // Wait until somebody has finished a job that `add` put there.
  async finished({ queue, id }) {
    const job = await queueOf(queue).getJob(id);
    if (!job) return "gone";
    await job.waitUntilFinished(events.get(queue), 10000);
    return "finished";
  },
  // What a dashboard asks for.
  async look({ queue, states }) {
    const jobs = await queueOf(queue).getJobs(states, 0, 100, true);
    return { counts: await queueOf(queue).getJobCounts(), jobs: jobs.map(told) };
  },
  async pause({ queue, paused }) {
    await (paused ? queueOf(queue).pause() : queueOf(queue).resume());
    return "done";
  },
  async end() {
    for (const worker of workers) await worker.close();
    for (const one of [...events.values(), ...queues.values()]) await one.close();
    connection.disconnect();
    return "ended";
  },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const { verb, ...given } = JSON.parse(line);
  try {
    say({ answer: await verbs[verb](given) });
  } catch (error) {
    say({ trouble: String(error) });
  }
});
