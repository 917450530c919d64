// Runs in the page, on the server's origin: a participant of a call made with the SDK core, and eyes and ears for the test.
// `window.participant` is driven by `page.evaluate`; every wait is for a condition and ends with what was seen last.
window.participant = await (async () => {
  const { connect, capture } = await import('/sdk/exedra.esm.js');
  let room;
  const watched = new Map();
  const log = [];

  async function until(what, check, timeoutMs = 30_000) {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const value = await check();
      if (value) return value;
      if (performance.now() > deadline) throw new Error(`timed out: ${typeof what === 'function' ? what() : what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function watch(stream) {
    const subscription = await room.subscribe(stream);
    const video = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, muted: true });
    video.srcObject = subscription.mediaStream;
    document.body.append(video);
    watched.set(stream.name, { subscription, video });
  }

  /** A picture of the video, small enough to compare: grey values of a 32 × 18 raster. */
  function picture(video) {
    const canvas = new OffscreenCanvas(32, 18);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(video, 0, 0, 32, 18);
    const { data } = context.getImageData(0, 0, 32, 18);
    return Array.from({ length: 32 * 18 }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
  }

  async function inbound(subscription, kind) {
    for (const report of (await subscription.rawStats()).values()) if (report.type === 'inbound-rtp' && report.kind === kind) return report;
    return undefined;
  }

  return {
    log,
    async join(credentials) {
      room = await connect({ url: location.origin, ...credentials });
      const follow = (stream) => watch(stream).catch((error) => log.push(`subscribe ${stream.name}: ${error.code} ${error.message}`));
      room.on('streamCreated', ({ stream }) => follow(stream));
      room.on('streamUpdated', ({ stream, changes }) => changes.forEach((c) => log.push(`${stream.name}.${c.property}=${c.newValue}`)));
      room.on('streamDestroyed', ({ stream, reason }) => log.push(`${stream.name} ended: ${reason}`));
      room.on('signal', ({ type, data }) => log.push(`signal ${type}: ${data}`));
      for (const stream of room.streams.values()) follow(stream);
    },
    async publish(name, { width = 640, height = 360, ...options } = {}) {
      const media = await capture({ audio: true, video: { width, height } });
      this.publication = await room.publish(media, { name, ...options });
    },
    setAudio(on) { return this.publication.setAudio(on); },
    setVideo(on) { return this.publication.setVideo(on); },
    unpublish() { return this.publication.unpublish(); },
    signal(signal) { return room.signal(signal); },
    leave() { return room.leave(); },
    heard(line) { return until(() => `${line}; heard: ${log.join(' | ')}`, () => log.includes(line)).then(() => true); },

    /** What this participant wants of the named stream, as for `Subscription.update`. */
    async prefer(name, preferences) {
      const { subscription } = await until(() => `no subscription to ${name}; log: ${log.join(' | ')}`, () => watched.get(name));
      return subscription.update(preferences);
    },

    /** Waits until the named stream's picture has this height and goes on; resolves with the freezes the browser counted. */
    async height(name, height) {
      const { subscription, video } = await until(() => `no subscription to ${name}; log: ${log.join(' | ')}`, () => watched.get(name));
      await until(() => `the picture of ${name} has ${video.videoHeight} lines, not ${height}`, () => video.videoHeight === height);
      const before = (await inbound(subscription, 'video')).framesDecoded;
      const now = await until(`the picture of ${name} stands still`, async () => {
        const report = await inbound(subscription, 'video');
        return report.framesDecoded > before + 15 && report;
      });
      return { freezes: now.freezeCount ?? 0, packetsLost: now.packetsLost, pliCount: now.pliCount };
    },

    /** Waits until the named stream's picture is there, is not black and moves; resolves with what was seen. */
    async see(name) {
      const { subscription, video } = await until(() => `no subscription to ${name}; log: ${log.join(' | ')}`, () => watched.get(name));
      await until(`no picture of ${name}`, () => video.videoWidth > 0 && video.currentTime > 0);
      // Firefox lists a track only from its first packet on.
      const first = await until(`no packet of ${name}`, () => inbound(subscription, 'video'));
      const before = picture(video);
      const moved = await until(`the picture of ${name} stands still`, async () => {
        const now = picture(video);
        const changed = now.filter((grey, i) => Math.abs(grey - before[i]) > 8).length;
        const frames = (await inbound(subscription, 'video')).framesDecoded;
        return changed > 4 && frames >= first.framesDecoded + 10 && { now, changed, frames };
      });
      const { codec } = (await subscription.stats()).video;
      return {
        width: video.videoWidth, height: video.videoHeight, codec, frames: moved.frames, changed: moved.changed,
        bright: moved.now.filter((grey) => grey > 40).length / moved.now.length,
      };
    },

    /**
     * Waits until the named stream is heard above silence; resolves with its level (0 to 1, root of mean square). Chromium decodes
     * sound only for somebody who listens, and a Firefox without a sound card never starts an AudioContext: so this listens, and
     * also believes the statistics of decoded samples.
     */
    async hear(name) {
      const { subscription } = await until(() => `no subscription to ${name}; log: ${log.join(' | ')}`, () => watched.get(name));
      const first = await until(`no packet of ${name}`, () => inbound(subscription, 'audio'));
      const context = new AudioContext();
      try {
        const analyser = new AnalyserNode(context, { fftSize: 4096 });
        context.createMediaStreamSource(new MediaStream(subscription.mediaStream.getAudioTracks())).connect(analyser);
        const wave = new Float32Array(analyser.fftSize);
        return await until(`${name} is silent`, async () => {
          analyser.getFloatTimeDomainData(wave);
          const listened = Math.sqrt(wave.reduce((sum, v) => sum + v * v, 0) / wave.length);
          const now = await inbound(subscription, 'audio');
          const seconds = now.totalSamplesDuration - first.totalSamplesDuration;
          const decoded = seconds > 0.5 ? Math.sqrt((now.totalAudioEnergy - first.totalAudioEnergy) / seconds) : 0;
          const level = Math.max(listened, decoded);
          return level > 0.005 && level;
        });
      } finally {
        void context.close();
      }
    },
  };
})();
