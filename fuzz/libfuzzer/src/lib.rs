//! What all programs share: the target is looked up once, by its name.

use std::sync::OnceLock;

/// Makes what the target makes once, so that the first input is not charged for it.
///
/// # Panics
/// As [`run`].
pub fn prepare(name: &str) {
    run(name, &[]);
}

/// Tries one input.
///
/// # Panics
/// If an invariant of the target is broken, or there is no such target.
pub fn run(name: &str, input: &[u8]) {
    static TARGET: OnceLock<tacita_fuzz::Target> = OnceLock::new();
    let target = TARGET.get_or_init(|| *tacita_fuzz::find(name).expect("a target of this name"));
    (target.run)(input);
}
