//! What kinds of runs there are, and how often each thing happens in one.

use super::dice::Dice;
use super::weather::Weather;

/// One thing that a user does or that happens to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Text,
    Burst,
    Outbox,
    Read,
    Typing,
    LateWord,
    Decide,
    Block,
    DeleteTalk,
    Settings,
    Invite,
    Revoke,
    Accept,
    Answer,
    Leave,
    Search,
    Pages,
    Tidy,
    Screen,
    Second,
    MeetAgain,
    Month,
    Wait,
    WaitLong,
    Offline,
    Kill,
    Lose,
    Copy,
    PutBack,
    Clock,
    Lies,
    Weather,
}

pub struct Plan {
    pub devices: usize,
    pub relays: usize,
    pub steps: u64,
    pub weights: Vec<(Action, u64)>,
    /// The network loses nothing.
    pub is_fair: bool,
    /// Stores are in files, so that processes can be killed and stores put back.
    pub files: bool,
    /// Apps have an inbox beside the store, for a second process.
    pub inboxes: bool,
    pub lies: bool,
    /// Relays that lie may put into mailboxes what nobody meant for them.
    pub forges: bool,
    pub put_backs: bool,
    pub clocks: bool,
    /// Whole months may pass.
    pub months: bool,
    /// Days that may pass at once.
    pub longest_days: u64,
    pub weather: Weather,
}

const ALWAYS: [(Action, u64); 20] = [
    (Action::Text, 300),
    (Action::Burst, 12),
    (Action::Outbox, 25),
    (Action::Read, 60),
    (Action::Typing, 30),
    (Action::LateWord, 8),
    (Action::Decide, 25),
    (Action::Block, 4),
    (Action::DeleteTalk, 3),
    (Action::Settings, 5),
    (Action::Invite, 6),
    (Action::Revoke, 2),
    (Action::Accept, 12),
    (Action::Answer, 14),
    (Action::Search, 12),
    (Action::Pages, 12),
    (Action::Tidy, 14),
    (Action::Screen, 25),
    (Action::MeetAgain, 16),
    (Action::Wait, 260),
];

impl Plan {
    pub fn draw(dice: &mut Dice) -> Self {
        let files = dice.percent(45);
        let put_backs = files && dice.percent(45);
        let clocks = dice.percent(20);
        let lies = dice.percent(40);
        let mut weights = ALWAYS.to_vec();
        if files {
            weights.push((Action::Kill, 40));
        }
        if put_backs {
            weights.extend([(Action::Copy, 8), (Action::PutBack, 16)]);
        }
        if clocks {
            weights.push((Action::Clock, 12));
        }
        if lies {
            weights.extend([(Action::Lies, 14), (Action::Lose, 4)]);
        }
        if dice.percent(70) {
            weights.push((Action::Offline, 50));
        }
        if dice.percent(40) {
            weights.push((Action::WaitLong, 10));
        }
        let inboxes = files && dice.percent(60);
        if inboxes {
            weights.push((Action::Second, 40));
        } else if dice.percent(12) {
            weights.push((Action::Leave, 3));
        }
        let longest_days = dice.weighted(&[(1, 40), (9, 40), (29, 20)]);
        let months = !lies && !put_backs && !clocks && longest_days < 20 && dice.percent(40);
        if months {
            weights.push((Action::Month, 20));
        }
        let is_fair = dice.percent(25);
        if !is_fair {
            weights.push((Action::Weather, 12));
        }
        Self {
            devices: dice.weighted(&[(3, 60), (4, 25), (5, 10), (6, 5)]),
            relays: if dice.percent(30) { 2 } else { 1 },
            steps: dice.between(40, 110),
            weights,
            is_fair,
            files,
            lies,
            put_backs,
            clocks,
            inboxes,
            forges: dice.percent(50),
            months,
            longest_days,
            weather: if is_fair {
                Weather::FAIR
            } else {
                Weather::draw(dice)
            },
        }
    }
}

impl Plan {
    /// Whether nobody lies, no store is put back, clocks are right, and no time passes in which things run out.
    pub fn is_calm(&self) -> bool {
        !self.lies && !self.put_backs && !self.clocks && self.longest_days < 20
    }
}
