import Foundation
import TacitaBindings

/// Where the inbox lies that an extension looks into (`TacitaInbox`), and what keeps its key.
public struct InboxPlace {
    let directory: String
    let vault: any KeyVault

    /// Both are another folder and another key than the store's.
    public init(directory: String, vault: any KeyVault) {
        self.directory = directory
        self.vault = vault
    }
}

/// The app from its start: lock, account, and the client that the other models need. An inbox is attached if there is one.
public final class AppModel: Model<AppState> {
    private let directory: String
    private let vault: any KeyVault
    private let inbox: InboxPlace?
    private var client: Tacita?
    private var hasLock = false
    private var turn: Task<Void, Never>?
    private var network: Task<Void, Never>?

    /// Opens nothing yet: `open` does.
    public init(directory: String, vault: any KeyVault, inbox: InboxPlace? = nil) {
        self.directory = directory
        self.vault = vault
        self.inbox = inbox
        super.init(.opening)
    }

    /// Opens the store, at the start and after `AppState.unusable`.
    public func open() {
        inTurn {
            guard self.client == nil else { return }
            self.state = .opening
            await self.openStore(nil)
        }
    }

    /// Opens the store with the passphrase of the app lock.
    public func unlock(_ passphrase: String) {
        guard case .locked(_, _, busy: false) = state else { return }
        state = .locked(wrong: false, retryAfter: 0, busy: true)
        inTurn { await self.openStore(passphrase) }
    }

    /// Closes the store and wipes its keys; the passphrase is asked for, if there is one.
    public func lock() {
        reopen()
    }

    /// Creates the account. What fails is a `problem`: the state is `AppState.welcome` again.
    public func createAccount(relayLink: String, name: String) {
        guard let client, case .welcome(busy: false) = state else { return }
        state = .welcome(busy: true)
        act {
            do {
                let created = try await client.createAccount(relayLink: relayLink.trimmed, name: name.trimmed)
                if client === self.client { self.state = .secret(RecoverySecret(created.recoverySecret)) }
            } catch {
                if client === self.client { self.state = .welcome(busy: false) }
                throw error
            }
        }
    }

    /// Compares what the user typed with the groups that were asked for.
    public func confirmSecret(_ typed: [String]) {
        guard let client, case .secret(var secret) = state else { return }
        guard secret.isConfirmed(by: typed) else {
            secret.wrong = true
            state = .secret(secret)
            return
        }
        act { try await self.ready(client) }
    }

    /// Sets, changes or takes away the passphrase, an empty text being none; then `done` is called.
    public func setLock(current: String, new: String, done: @escaping @MainActor () -> Void) {
        guard let client else { return }
        act {
            try await client.setAppLock(current: current.utf8OrNil, new: new.utf8OrNil)
            guard client === self.client else { return }
            self.hasLock = !new.isEmpty
            try await self.ready(client)
            done()
        }
    }

    /// Deletes the account and the store. If relays could not be asked yet, all stays and `queued` is called.
    public func deleteAccount(queued: @escaping @MainActor () -> Void) {
        guard let client else { return }
        act {
            switch try await client.deleteAccount() {
            case .queued: queued()
            case .done: self.reopen()
            }
        }
    }

    /// Deletes store and inbox without opening them: for who has forgotten the passphrase. Contacts and relays are not told.
    public func erase() {
        inTurn {
            await self.closeStore()
            do {
                try await Tacita.eraseStore(directory: self.directory)
                if let inbox = self.inbox { try await TacitaInbox.erase(directory: inbox.directory) }
            } catch {
                self.fail(error)
            }
            await self.openStore(nil)
        }
    }

    /// The network came or went, as the system says.
    public func networkIs(there: Bool) {
        guard let client else { return }
        network = act(after: network) {
            if there { try await client.networkIsBack() } else { try await client.networkIsLost() }
        }
    }

    /// Closes the store; nothing of it is left in memory when this returns.
    public func shutDown() async {
        close()
        await turn?.value
        await closeStore()
    }

    /// What opens or closes the store is done one after the other.
    private func inTurn(_ work: @escaping @MainActor () async -> Void) {
        turn = act(after: turn, work) ?? turn
    }

    private func reopen() {
        inTurn {
            await self.closeStore()
            await self.openStore(nil)
        }
    }

    private func openStore(_ passphrase: String?) async {
        do {
            let opened = try await Tacita.open(
                directory: directory, vault: vault, passphrase: passphrase.map(\.canonicalUtf8))
            client = opened
            hasLock = passphrase != nil
            if let inbox {
                // Without it there are no notifications while the app is closed; all else goes on.
                _ = try? await opened.attachInbox(directory: inbox.directory, vault: inbox.vault)
            }
            try await ready(opened)
        } catch {
            // Left open, the store could not be opened again.
            await closeStore()
            state = AppState(after: ClientError(error))
        }
    }

    private func ready(_ client: Tacita) async throws {
        let account = try await client.account()
        // If the store was closed meanwhile, the state is another already.
        guard client === self.client else { return }
        state = account.map { .ready(client: client, account: $0, hasLock: hasLock) } ?? .welcome(busy: false)
    }

    private func closeStore() async {
        state = .opening
        let closing = client
        client = nil
        // It fails if it was closed already, or if the disk did: opening it again tells.
        try? await closing?.close()
    }
}

extension AppState {
    fileprivate init(after problem: ClientError) {
        switch problem {
        case .AppLocked: self = .locked(wrong: false, retryAfter: 0, busy: false)
        case .WrongPassphrase(let wait), .TooManyTries(let wait):
            self = .locked(wrong: true, retryAfter: wait, busy: false)
        case .PassphraseLength: self = .locked(wrong: true, retryAfter: 0, busy: false)
        default: self = .unusable(problem)
        }
    }
}

extension String {
    /// The same bytes whatever keyboard it was typed on.
    fileprivate var canonicalUtf8: Data { Data(precomposedStringWithCanonicalMapping.utf8) }

    fileprivate var utf8OrNil: Data? { isEmpty ? nil : canonicalUtf8 }
}
