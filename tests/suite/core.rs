//! The core without a window, against a real homeserver.

mod refusals;
mod register;
mod rooms;
pub mod run;
mod session;
mod talk;
mod ways;
