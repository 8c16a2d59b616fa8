/** The screens that are not on show when the window opens; loaded right after it has. */
import "./gc-announcer.js";
import "./gc-arrive.js";
import "./gc-invitation.js";
import "./gc-leave.js";
import "./gc-pick.js";
import "./gc-room.js";
import "./gc-rooms.js";
import "./gc-settings.js";
import "./gc-sign-in.js";
import "./gc-warm-up.js";
