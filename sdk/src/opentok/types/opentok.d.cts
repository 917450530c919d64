import * as OT from "./opentok-api.js";
export = OT;
