//! The core without a window, against a real homeserver.

mod refusals;
mod rooms;
mod run;
mod session;
mod talk;
mod ways;
