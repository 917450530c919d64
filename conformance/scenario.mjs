// What tests saw of faults, written down for the catalogue's gates (`cargo xtask catalogue --scenarios`) where
// EXEDRA_SCENARIOS names a directory. Knows nothing of servers and browsers.
import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const directory = process.env.EXEDRA_SCENARIOS;
const suite = basename(process.argv[1] ?? 'conformance').replace(/(\.test)?\.[cm]?js$/, '');

function write(line) {
  if (directory) appendFileSync(join(directory, `${suite}-${process.pid}.jsonl`), `${JSON.stringify(line)}\n`);
}

/**
 * Call it last, when the test has seen that everything about the failure is true. `scenario` is the test's name; `problem`
 * the problem object as it was received (`error.problem` of the SDK); `opentok` what the OpenTok facade showed of it.
 */
export function recordScenario({ scenario, operation, problem, opentok = null, raisedBy = 'server', how = 'real' }) {
  const { name, code, message } = opentok ?? {};
  write({
    scenario: `${suite}: ${scenario}`, code: problem.code, operation, how, raised_by: raisedBy, problem,
    opentok: opentok && { name, code, message },
  });
}

/** Everything that left a server as a fault while it ran, by its own count; call it before the server stops. */
export async function recordWire(serverUrl) {
  if (!directory) return;
  const metrics = await fetch(new URL('/metrics', serverUrl)).then((answer) => answer.text(), () => '');
  const codes = [...metrics.matchAll(/^exedra_faults_total\{code="(\w+)"\} (\d+)$/gm)].map(([, code, count]) => [code, Number(count)]);
  write({ kind: 'wire', scenario: suite, codes: Object.fromEntries(codes) });
}
