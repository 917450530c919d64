// Runs in the page of the client under test, on the server's origin: makes `window.lab`, which makes calls with the SDK and says
// how each ended: `no failure`, or the error's code and cause.
export async function becomeClient() {
  const sdk = await import(new URL('/sdk/exedra.esm.js', location.href).href);
  let room;
  let broken;

  /** A moving picture, or one that never shows anything. */
  function picture(frozen) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
    const context = canvas.getContext('2d');
    const stream = canvas.captureStream(frozen ? 0 : 15);
    let at = 0;
    const draw = () => {
      context.fillStyle = `hsl(${(at += 7) % 360} 80% 50%)`;
      context.fillRect(at % 280, 40, 40, 100);
    };
    if (!frozen) setInterval(draw, 66);
    return stream;
  }

  const outcome = ({ code, problem, message }) => ({ code: code ?? message, cause: problem?.cause });

  async function outcomeOf(attempt) {
    try {
      await attempt;
      return { code: 'no failure' };
    } catch (error) {
      return outcome(error);
    }
  }

  async function streamOfOthers() {
    while (room.streams.size === 0) await new Promise((resolve) => room.once('streamCreated', resolve));
    return room.streams.values().next().value;
  }

  window.lab = {
    connect: (options) => outcomeOf(sdk.connect(options)),
    async join(options) {
      room = await sdk.connect(options);
      broken = new Promise((resolve) => {
        room.on('interrupted', ({ cause }) => resolve({ code: 'interrupted', cause }));
        room.on('disconnected', ({ error }) => error && resolve(outcome(error)));
      });
    },
    publish: (frozen = false) => outcomeOf(room.publish(picture(frozen), { name: 'lab' })),
    async subscribe() {
      return outcomeOf(room.subscribe(await streamOfOthers()));
    },
    /** A call in both directions. */
    async call() {
      await room.publish(picture(false), { name: 'lab' });
      await room.subscribe(await streamOfOthers());
    },
    /** How the call ends, or that it has gone on for so long. */
    async watch(forMs) {
      return Promise.race([broken, new Promise((resolve) => setTimeout(resolve, forMs, { code: 'no failure' }))]);
    },
    run: (scenario) => outcomeOf((0, eval)(`(${scenario})`)(sdk)),
  };
}
