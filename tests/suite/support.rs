//! The parts that the tests stand on do what the tests take for granted.

mod galaxy;
mod homeserver;
mod keyring;
mod window;
