// Start a match, then ask until it is final. Runs in a browser and in Node 18 or later.
// node examples/client.mjs [BASE] [TOKEN]

// --8<-- [start:client]
async function match(base, token, request) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const started = await fetch(`${base}/match`, { method: "POST", headers, body: JSON.stringify(request) });
  if (!started.ok) throw new Error((await started.json()).detail);

  let task = await started.json();
  while (task.status === "pending" || task.status === "processing") {
    // The server holds the answer until the task is final, for ten seconds at most.
    const options = { headers: { ...headers, Prefer: "wait=10" } };
    task = await (await fetch(`${base}/match/status/${task.task_id}`, options)).json();
  }
  if (task.status !== "completed") throw new Error(task.error?.message ?? task.status);
  return task.result;
}
// --8<-- [end:client]

const [base = "http://127.0.0.1:8000/jobs", token = "a-long-random-secret"] = process.argv.slice(2);
for (const job of await match(base, token, { profile: { titles: ["Nurse"] }, limit: 5 })) {
  console.log(`${job.rank}. ${job.title} (${job.score.toFixed(2)})`);
}
