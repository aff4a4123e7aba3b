//! What a relay does wrong: it drops, replays, reorders, withholds, misroutes, forges and says what is not so.

use tacita_wire::{MailboxId, Refusal, Request, Response, StoredEnvelope};

use super::dice::Dice;
use super::relay::SmallRelay;

/// How often a relay lies, in thousandths of the occasions; all 0 for an honest one.
#[derive(Clone, Default)]
pub struct Lies {
    /// Says `Done` to envelopes and keeps some not.
    pub drops: u64,
    /// Says `Done` to anything and does nothing.
    pub false_done: u64,
    /// Says `NotFound`, or `Gone`, of what is there.
    pub not_found: u64,
    /// Refuses for now.
    pub refuses: u64,
    /// Answers what the request does not allow.
    pub nonsense: u64,
    /// Shows what was acknowledged once more.
    pub replays: u64,
    /// Puts what was meant for one mailbox into another as well.
    pub misroutes: u64,
    /// Makes an envelope up, or alters one.
    pub forges: u64,
    /// Hands out in another order, and some twice.
    pub shuffles: u64,
    /// Leaves gaps in its numbers, and gives wrong lower ones.
    pub numbers: u64,
    /// Gives a number so high that it hides all that follows in its mailbox.
    pub blinds: u64,
    /// Holds envelopes back for now.
    pub withholds: u64,
}

impl Lies {
    /// A liar with some of the vices.
    pub fn draw(dice: &mut Dice) -> Self {
        let mut lies = Self::default();
        for (vice, most) in [
            (&mut lies.drops, 150),
            (&mut lies.false_done, 60),
            (&mut lies.not_found, 20),
            (&mut lies.refuses, 60),
            (&mut lies.nonsense, 40),
            (&mut lies.replays, 100),
            (&mut lies.misroutes, 30),
            (&mut lies.forges, 30),
            (&mut lies.shuffles, 300),
            (&mut lies.numbers, 100),
            (&mut lies.withholds, 200),
        ] {
            if dice.percent(35) {
                *vice = dice.between(1, most);
            }
        }
        // It ends what the rules can say of a mailbox, so it is rare.
        if dice.percent(25) {
            lies.blinds = dice.between(20, 150);
        }
        lies
    }

    /// Whether it may put something into a mailbox that its owner cannot open, or make one anew.
    pub fn breaks_sessions(&self) -> bool {
        self.misroutes + self.forges > 0
    }
}

/// A relay's answer, which may be a lie; `None` if what it does is not for this request.
pub fn answer(
    relay: &mut SmallRelay,
    request: &Request,
    hour: u32,
    asker: usize,
    dice: &mut Dice,
) -> Response {
    let lies = relay.lies.clone();
    if dice.permille(lies.nonsense) {
        return Response::Count { remaining: 7 };
    }
    if dice.permille(lies.refuses) {
        let retry_after = dice.below(40) as u32;
        return Response::Refused(match dice.below(4) {
            0 => Refusal::RelayFull { retry_after },
            1 => Refusal::SlowDown { retry_after },
            2 => Refusal::Failed { retry_after },
            _ => Refusal::MailboxFull,
        });
    }
    let may_lie = !matches!(request, Request::Hello { .. } | Request::Claim { .. });
    if may_lie && dice.permille(lies.false_done) {
        return Response::Done;
    }
    if may_lie && dice.permille(lies.not_found) {
        return Response::Refused(Refusal::NotFound);
    }
    let answer = relay.answer(request, hour, asker);
    if let (
        Response::Done,
        Request::Put {
            mailbox, envelopes, ..
        },
    ) = (&answer, request)
    {
        after_put(relay, *mailbox, envelopes, hour, dice);
    }
    answer
}

fn after_put(
    relay: &mut SmallRelay,
    mailbox: MailboxId,
    envelopes: &[Vec<u8>],
    hour: u32,
    dice: &mut Dice,
) {
    let lies = relay.lies.clone();
    for envelope in envelopes {
        if dice.permille(lies.drops)
            && let Some(found) = relay.mailboxes.get_mut(&mailbox)
        {
            found.lose(envelope);
        }
        if dice.permille(lies.misroutes) {
            let ids: Vec<MailboxId> = relay.mailboxes.keys().copied().collect();
            if let Some(other) = dice.pick(&ids)
                && *other != mailbox
                && let Some(other) = relay.mailboxes.get_mut(other)
            {
                other.slip_in(envelope.clone(), hour);
            }
        }
        if dice.permille(lies.forges) {
            let mut forged = envelope.clone();
            match dice.below(3) {
                0 => forged
                    .iter_mut()
                    .skip(1)
                    .for_each(|byte| *byte = dice.below(256) as u8),
                _ => {
                    let at = dice.index(forged.len());
                    forged[at] ^= 1 << dice.below(8);
                }
            }
            if let Some(found) = relay.mailboxes.get_mut(&mailbox) {
                found.slip_in(forged, hour);
            }
        }
    }
    if let Some(found) = relay.mailboxes.get_mut(&mailbox) {
        if dice.permille(lies.numbers) {
            found.holding.head += dice.below(5);
        }
        if dice.permille(lies.replays)
            && let Some(old) = dice.pick(&found.old)
        {
            let old = old.envelope.clone();
            found.slip_in(old, hour);
        }
    }
}

/// Alters what a held stream is about to bring; gives the mailbox of which nothing is read any more, if so.
pub fn alter(
    lies: &Lies,
    frames: &mut Vec<(MailboxId, StoredEnvelope)>,
    dice: &mut Dice,
) -> Option<MailboxId> {
    if dice.permille(lies.shuffles) {
        let again: Vec<_> = frames
            .iter()
            .filter(|_| dice.percent(30))
            .cloned()
            .collect();
        frames.extend(again);
        dice.shuffle(frames);
    }
    if dice.permille(lies.numbers)
        && let Some((_, stored)) = frames.first_mut()
    {
        stored.sequence = dice.below(stored.sequence + 1);
    }
    if !dice.permille(lies.blinds) {
        return None;
    }
    // No client can tell one that is too high.
    let (id, stored) = frames.last_mut()?;
    stored.sequence = *dice.pick(&[u64::MAX, 1 << 63, 1 << 40])?;
    Some(*id)
}
