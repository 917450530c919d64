import * as OT from "./opentok-api.js";
export * from "./opentok-api.js";
export default OT;
