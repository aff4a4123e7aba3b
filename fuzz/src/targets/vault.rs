//! The account vault: what a relay or a backup may give back instead of it. PROTOCOL.md §9.

use tacita_core::protocol::AccountVault;
use tacita_wire::Encode;

use crate::canonical;
use crate::people::pair;

pub fn run(bytes: &[u8]) -> bool {
    let Some(vault) = canonical::decode::<AccountVault>(bytes) else {
        return false;
    };
    let owner = &pair().alice;
    if let Ok(key) = vault.open(&owner.recovery) {
        assert_eq!(vault.account_id(), owner.id, "another account's vault");
        assert!(key.public() == *owner.log.account_key());
        // Wraps that this secret does not open may stand beside the one that it opens; the sealed
        // seed and that wrap are the owner's.
        let ours = owner.vault.to_bytes();
        assert_eq!(bytes[..105], ours[..105], "altered and still opened");
        assert!(
            bytes[106..]
                .chunks_exact(73)
                .any(|wrap| *wrap == ours[106..])
        );
    }
    true
}

pub fn seeds() -> Vec<Vec<u8>> {
    let people = pair();
    let ours = people.alice.vault.to_bytes();
    let theirs = people.bob.vault.to_bytes();
    // Two wraps, the first of them somebody else's.
    let mut two = [&ours[..105], &[2], &theirs[106..], &ours[106..]].concat();
    let seeds = vec![ours.clone(), theirs, two.clone()];
    two.truncate(150);
    [seeds, vec![two]].concat()
}
