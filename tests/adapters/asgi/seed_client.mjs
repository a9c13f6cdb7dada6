// What the first users of the service have in their pages: start, poll each second, stop when it is over.
// Called with the origin and a token; prints what it ends with.
const [origin, token] = process.argv.slice(2);
const browserFetch = (path, options) => fetch(origin + path, options);

const response = await browserFetch('/jobs/match', {
  method: 'POST',
  headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ keywords: ['python', 'machine learning'] }),
});
const { task_id } = await response.json();

let result;
while (true) {
  await new Promise(resolve => setTimeout(resolve, 1000));
  const statusResponse = await browserFetch(`/jobs/match/status/${task_id}`, {
    headers: { 'Authorization': `Bearer ${token}` },
  });
  result = await statusResponse.json();
  if (result.status === 'completed' || result.status === 'failed') {
    break;
  }
}

if (Array.isArray(result)) {
  console.log(JSON.stringify({ list: result.length }));
} else if (result.status === 'failed') {
  console.log(JSON.stringify({ error: result.error }));
} else {
  console.log(JSON.stringify({ task_id, status: result.status, jobs: result.result.length, first: result.result[0] }));
}
