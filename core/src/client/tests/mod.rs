//! The engine with other engines, over relays in memory, in virtual time.

mod arrange;
mod bad_relay;
mod blocked;
mod clocks;
mod clocks_ahead;
#[cfg(feature = "test-vault")]
mod cloned;
mod dead_ends;
mod failures;
mod first_contact;
mod hostile;
mod inbox;
mod intruder;
mod leave;
mod numbers;
mod outbox;
mod pages;
mod profile;
#[cfg(feature = "test-vault")]
mod put_back;
#[cfg(feature = "test-vault")]
mod put_back_moved;
#[cfg(feature = "test-vault")]
mod put_back_sessions;
#[cfg(feature = "test-vault")]
mod put_back_signs;
mod randomness;
mod receipts;
mod relay;
mod replays;
mod rotation;
mod screens;
mod screens_random;
mod search;
mod sessions;
mod silence;
mod simulation;
mod standstill;
mod storage;
mod store_faults;
mod talk;
mod typing;
mod verification;
mod world;
