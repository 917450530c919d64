import OT = require("../../sdk/dist/opentok.cjs");

const session: OT.Session = OT.initSession("key", "id");
session.on("streamCreated", ({ stream }) => session.subscribe(stream, "subscribers", { insertMode: "append" }));
session.on("signal:chat", (event) => console.log(event.from?.connectionId, event.data));
session.connect("token", (error?: OT.OTError) => error ?? session.publish(OT.initPublisher("publisher")));
