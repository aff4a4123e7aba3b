// The conversations, requests and archive, and the search.
import SwiftUI
import TacitaBindings
import TacitaKit

struct ConversationListScreen: View {
    let model: ConversationListModel
    let lock: (@MainActor () -> Void)?

    var body: some View {
        List {
            if isSearching { hits } else { conversations }
        }
        .listStyle(.plain)
        .overlay { nothing }
        .page(words.appName, model)
        .searchable(
            text: Binding(get: { @MainActor in model.state.query }, set: model.search), prompt: words.searchMessages)
        .toolbar {
            ToolbarItemGroup(placement: .topBarLeading) {
                NavigationLink(value: Place.settings) { Label(words.settings, systemImage: "gearshape") }
                if let lock { Button(words.lockNow, systemImage: "lock", action: lock) }
            }
            ToolbarItem(placement: .primaryAction) {
                NavigationLink(value: Place.newContact()) { Label(words.newContact, systemImage: "person.badge.plus") }
            }
        }
    }

    private var isSearching: Bool { !model.state.query.isBlank }

    @ViewBuilder private var conversations: some View {
        if model.state.relay == .wrongKey {
            Banner(text: words.relayWrongKey, tone: .error).padding(.horizontal)
        } else if model.state.relay == .offline {
            Banner(text: words.relayOffline(UInt64(model.state.outbox?.count ?? 0)), tone: .quiet).padding(.horizontal)
        }
        filters
        ForEach(model.state.shown?.rows ?? [], id: \.id) { row in
            NavigationLink(value: Place.conversation(row.id)) {
                ConversationRow(row: row, picture: model.state.pictures[row.id])
            }
            .swipeActions(allowsFullSwipe: false) { actions(row) }
            .contextMenu { actions(row) }
            .listRowBackground(Color.clear)
        }
    }

    @ViewBuilder private var filters: some View {
        let (filter, counts) = (model.state.filter, model.state.shown?.counts)
        let (requests, archived) = (UInt64(counts?.requests ?? 0), UInt64(counts?.archived ?? 0))
        if requests > 0 || archived > 0 || filter != .main {
            Picker(words.conversations, selection: Binding(get: { filter }, set: model.show)) {
                Text(words.conversations).tag(ListFilter.main)
                if requests > 0 || filter == .requests { Text(words.requests(requests)).tag(ListFilter.requests) }
                if archived > 0 || filter == .archived { Text(words.archive(archived)).tag(ListFilter.archived) }
            }
            .pickerStyle(.segmented).listRowBackground(Color.clear).listRowSeparator(.hidden)
        }
    }

    @ViewBuilder private func actions(_ row: ConversationView) -> some View {
        let isMuted = row.mutedUntilMs != nil
        if row.state == .request {
            Button(words.accept, systemImage: "checkmark") { model.accept(id: row.id) }.tint(.accentUnderWhite)
            Button(words.decline, systemImage: "xmark", role: .destructive) { model.decline(id: row.id) }
        } else {
            Button(row.archived ? words.unarchive : words.putIntoArchive, systemImage: "archivebox") {
                model.setArchived(id: row.id, archived: !row.archived)
            }
            .tint(.accentUnderWhite)
            Button(isMuted ? words.unmute : words.mute, systemImage: isMuted ? "bell" : "bell.slash") {
                model.setMuted(id: row.id, muted: !isMuted)
            }
            .tint(.quietUnderWhite)
            Button(row.pinned ? words.unpin : words.pin, systemImage: row.pinned ? "pin.slash" : "pin") {
                model.setPinned(id: row.id, pinned: !row.pinned)
            }
            .tint(.warmUnderWhite)
        }
    }

    private var hits: some View {
        ForEach(model.state.hits ?? [], id: \.message) { hit in
            NavigationLink(value: Place.conversation(hit.conversation.id, at: hit.message.place)) {
                SearchResult(hit: hit, query: model.state.query)
            }
            .listRowBackground(Color.clear)
            .onAppear { if hit == model.state.hits?.last { model.searchOn() } }
        }
    }

    @ViewBuilder private var nothing: some View {
        let isEmpty = isSearching ? model.state.hits?.isEmpty : model.state.shown?.rows.isEmpty
        if isEmpty == nil {
            ProgressView()
        } else if isEmpty == true, isSearching {
            ContentUnavailableView(
                words.nothingFound, systemImage: "magnifyingglass", description: Text(words.nothingFoundDetail))
        } else if isEmpty == true {
            ContentUnavailableView {
                Label(words.emptyTitle(model.state.filter), systemImage: "bubble.left.and.bubble.right")
            } description: {
                Text(words.emptyDetail(model.state.filter))
            } actions: {
                if model.state.filter == .main { NavigationLink(words.newContact, value: Place.newContact()) }
            }
        }
    }
}
