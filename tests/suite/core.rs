//! The core without a window, against a real homeserver.

mod closed;
mod closing;
mod facts;
mod joining;
mod local_copy;
mod refusals;
mod register;
mod rooms;
pub mod run;
mod session;
mod soft_end;
mod space;
mod talk;
mod ways;
