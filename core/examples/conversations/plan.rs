//! What kinds of conversations there are, and how often each thing happens in one.

use super::dice::Dice;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody begins a session, in one of three ways.
    Begin,
    Send,
    Deliver,
    Drop,
    /// What was delivered comes again.
    Repeat,
    /// An altered copy comes.
    Tamper,
    /// An envelope comes out of another mailbox, or at another device.
    Misroute,
    Restart,
    /// A device's store is copied.
    Copy,
    /// A device's store is put back from such a copy.
    PutBack,
    /// Some weeks go by.
    Weeks,
    /// A device's state is stolen.
    Steal,
    /// A side sends two messages of which the second comes, and the other answers.
    Round,
    /// A side sends as many messages as a chain may skip, give or take a few, and most are lost.
    Burst,
}

/// A kind of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Short,
    Several,
    Competing,
    PutBack,
    ManyTurns,
    Deep,
}

pub struct Plan {
    pub kind: Kind,
    pub devices: usize,
    pub steps: usize,
    pub weights: Vec<(Action, usize)>,
    pub steals: bool,
}

const FAULTS: [(Action, usize); 9] = [
    (Action::Send, 30),
    (Action::Deliver, 28),
    (Action::Drop, 4),
    (Action::Repeat, 5),
    (Action::Tamper, 5),
    (Action::Misroute, 3),
    (Action::Restart, 2),
    (Action::Weeks, 1),
    (Action::Begin, 1),
];

impl Plan {
    pub fn draw(dice: &mut Dice) -> Self {
        let kind = dice.weighted(&[
            (Kind::Short, 816),
            (Kind::Several, 50),
            (Kind::Competing, 70),
            (Kind::PutBack, 50),
            (Kind::ManyTurns, 10),
            (Kind::Deep, 4),
        ]);
        let steals = dice.percent(25);
        let mut weights = FAULTS.to_vec();
        if steals {
            weights.push((Action::Steal, 2));
        }
        let (devices, steps) = match kind {
            Kind::Short => (2, dice.between(8, 22)),
            Kind::Several => (dice.between(3, 4), dice.between(24, 48)),
            Kind::Competing => {
                weights.push((Action::Begin, 8));
                (2, dice.between(18, 40))
            }
            Kind::PutBack => {
                weights.extend([(Action::Copy, 4), (Action::PutBack, 4)]);
                (2, dice.between(20, 50))
            }
            Kind::ManyTurns => {
                weights = vec![
                    (Action::Round, 90),
                    (Action::Deliver, 6),
                    (Action::Repeat, 6),
                    (Action::Restart, 1),
                ];
                (2, dice.between(40, 60))
            }
            Kind::Deep => {
                weights = vec![
                    (Action::Burst, 8),
                    (Action::Deliver, 8),
                    (Action::Round, 8),
                    (Action::Repeat, 4),
                    (Action::Tamper, 2),
                    (Action::Restart, 1),
                ];
                (2, dice.between(14, 30))
            }
        };
        Self {
            kind,
            devices,
            steps,
            weights,
            steals,
        }
    }
}
