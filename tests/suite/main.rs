//! The tests of Galaxy Chat, in one program so that they share what they are built from.
#![recursion_limit = "256"]

mod bench;
mod closed;
mod core;
mod hostile;
mod journey;
mod secrets;
mod stage;
mod stub;
mod support;
