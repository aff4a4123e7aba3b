// The whole app: the screen that its model's state asks for.
import SwiftUI
import TacitaBindings
import TacitaKit

public struct RootView: View {
    private let model: AppModel
    private let exportFolder: String
    @State private var navigator = Navigator()

    public init(model: AppModel, exportFolder: String) {
        self.model = model
        self.exportFolder = exportFolder
    }

    public var body: some View {
        // What it says is read when a screen shows it, and nobody is asked before the user accepts.
        first.tint(.accent).environment(navigator).onOpenURL { navigator.opened = $0.absoluteString }
    }

    @ViewBuilder private var first: some View {
        switch model.state {
        case .opening: OpeningScreen()
        case .locked(let wrong, let retryAfter, let busy):
            LockScreen(isWrong: wrong, retryAfter: retryAfter, isBusy: busy, model: model)
        case .unusable(let problem): UnusableScreen(problem: problem, model: model)
        // Where the account of before was deleted is no place for the next one to begin.
        case .welcome(let busy): WelcomeScreen(isBusy: busy, model: model).onAppear { navigator.home() }
        case .secret(let secret): SecretScreen(secret: secret, model: model)
        case .ready(let client, let account, let hasLock):
            Screens(client: client, account: account, hasLock: hasLock, app: model, exportFolder: exportFolder)
                .id(ObjectIdentifier(client))
        }
    }
}

private struct Screens: View {
    let client: Tacita
    let account: AccountView
    let hasLock: Bool
    let app: AppModel
    let exportFolder: String
    // One for all screens of the settings: a clean-up goes on while another is looked at.
    @State private var settings = Kept<SettingsState, SettingsModel>()
    @Environment(Navigator.self) private var navigator

    var body: some View {
        @Bindable var navigator = navigator
        NavigationStack(path: $navigator.path) {
            Owner { ConversationListModel(client: client) } content: {
                ConversationListScreen(model: $0, lock: hasLock ? { @MainActor in app.lock() } : nil)
            }
            // One place that takes the turn of another is another screen.
            .navigationDestination(for: Place.self) { screen($0).id($0) }
        }
        .onChange(of: navigator.opened, initial: true) {
            guard let link = navigator.opened else { return }
            navigator.start(.newContact(link: link))
            navigator.opened = nil
        }
    }

    @ViewBuilder private func screen(_ place: Place) -> some View {
        switch place {
        case .conversation(let id, let at):
            Owner { ConversationModel(client: client, id: id, place: at) } content: {
                ConversationScreen(id: id, at: at, model: $0)
            }
        case .contact(let id):
            Owner { ContactModel(client: client, id: id) } content: {
                ContactScreen(id: id, exportFolder: exportFolder, model: $0)
            }
        case .safety(let id): Owner { ContactModel(client: client, id: id) } content: { SafetyScreen(model: $0) }
        case .newContact(let link):
            Owner { invitations(link) } content: { NewContactScreen(isAccepting: link != nil, model: $0) }
        case .invitations: Owner { InviteModel(client: client) } content: { InvitationsScreen(model: $0) }
        case .settings: SettingsScreen(model: settingsModel, hasLock: hasLock)
        case .profile: ProfileScreen(model: settingsModel)
        case .privacy: PrivacyScreen(model: settingsModel)
        case .storage: StorageScreen(model: settingsModel)
        case .relays: RelaysScreen(model: settingsModel, own: account.relay)
        case .appLock: AppLockScreen(model: app, hasLock: hasLock)
        case .deleteAccount: DeleteAccountScreen(model: app)
        case .about: AboutScreen()
        }
    }

    private func invitations(_ link: String?) -> InviteModel {
        let model = InviteModel(client: client)
        if let link { model.enter(link) }
        return model
    }

    private var settingsModel: SettingsModel { settings.model { SettingsModel(client: client) } }
}
