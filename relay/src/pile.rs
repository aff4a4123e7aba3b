//! The rules of a prekey pile, as pure functions. PROTOCOL.md §5.1, §17.

use tacita_wire::Refusal;
use tacita_wire::limits::{CLAIM_HOURS, PILE_ENTRIES};

/// Claims of the last resort that are remembered, per pile; beyond, each is answered with the
/// current one, which is what a remembered one would nearly always get.
pub const REMEMBERED_CLAIMS: u32 = 1024;

/// How many one-time entries a pile holds once `more` are added.
///
/// # Errors
/// [`Refusal::PileFull`] over 64.
pub fn admit_entries(held: u32, more: u32) -> Result<u32, Refusal> {
    let total = held.saturating_add(more);
    if total > PILE_ENTRIES {
        Err(Refusal::PileFull)
    } else {
        Ok(total)
    }
}

/// Claims of an hour before this one are forgotten: their nonce gets a new entry.
#[must_use]
pub fn first_kept_claim_hour(now: u32) -> u32 {
    now.saturating_sub(CLAIM_HOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_entries_and_no_more() {
        assert_eq!(admit_entries(60, 4), Ok(64));
        assert_eq!(admit_entries(60, 5), Err(Refusal::PileFull));
    }
}
