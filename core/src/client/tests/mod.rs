//! The engine with other engines, over relays in memory, in virtual time.

mod failures;
mod first_contact;
mod relay;
mod talk;
mod world;
