//! The parts that the tests stand on do what the tests take for granted.

mod authority;
mod browser;
mod faults;
mod federation;
mod galaxy;
mod homeserver;
mod keyring;
mod oauth;
mod process;
mod registration;
mod space;
mod university;
mod window;
