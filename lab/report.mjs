// What the outcomes of the matrix amount to: a table, and what is wrong with it.
const RIGHT_MIN = 0.95;
const CONFIDENT = 0.8;

const nameOf = ({ kind, condition, variant, alone, stubbed }) =>
  [kind === 'attempt' || kind === 'call' ? condition : undefined, variant, alone && condition !== 'none' && 'nobody else there', stubbed && '(stubbed)']
    .filter(Boolean).join(', ');

const decided = ({ code, cause }) => cause?.id ?? (code === 'no failure' ? code : 'no cause');

export function report(results, { repeats, seed }) {
  const complaints = [];
  let right = 0;
  let all = 0;
  const lines = results.map(({ row, outcomes }) => {
    const counts = new Map();
    let confidence = 0;
    for (const outcome of outcomes) {
      const what = decided(outcome);
      const sure = outcome.cause?.confidence ?? 0;
      const where = `${row.kind} ${nameOf(row)}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
      all += 1;
      if (what === row.expected) {
        right += 1;
        confidence = Math.max(confidence, sure);
      } else if (sure > CONFIDENT) {
        complaints.push(`${where}: wrong and sure of it: ${what} (${sure})`);
      } else if (!outcome.cause) {
        complaints.push(`${where}: silent: ${outcome.code}`);
      }
    }
    const list = [...counts].map(([what, count]) => `${what === row.expected ? what : `**${what}**`} × ${count}`).join(', ');
    const evidence = outcomes.find(({ cause }) => cause)?.cause.evidence.map(({ who, fact }) => `${who}: ${fact}`).join('; ') ?? '';
    return `| ${row.kind} | ${nameOf(row)} | ${row.expected} | ${list} | ${confidence || ''} | ${evidence} |`;
  });
  const share = all === 0 ? 0 : right / all;
  if (share < RIGHT_MIN) complaints.push(`only ${(100 * share).toFixed(1)} % are right`);
  const text = `# Which cause is decided for which condition

Written by \`make lab-matrix\` (seed ${seed}, ${repeats} repeats of each row with a network). What was not expected is bold. Wanted: at
least ${100 * RIGHT_MIN} % right, never silent, never wrong with a confidence above ${CONFIDENT}.

**${right} of ${all} right (${(100 * share).toFixed(1)} %)**

| kind | condition | right | decided | confidence | evidence |
|---|---|---|---|---|---|
${lines.join('\n')}
`;
  return { text, complaints };
}
