package org.tacita.agent

import java.io.File
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.runBlocking
import org.tacita.bindings.Client
import org.tacita.bindings.Config
import org.tacita.bindings.ConversationId
import org.tacita.bindings.FloorForBench
import org.tacita.bindings.KeyVault
import org.tacita.bindings.ListChange
import org.tacita.bindings.ListFilter
import org.tacita.bindings.listForBench
import org.tacita.bindings.openForBench
import org.tacita.bindings.testVault
import org.tacita.kit.Tacita
import org.tacita.kit.model.ConversationListModel

private const val CONVERSATIONS = 100

/** Until the compiler has done what it does: a third less time for each. */
private const val WARM_UP = 20_000
private const val SAMPLES = 2001

/** Opening takes a hundred times as long. */
private const val OPEN_WARM_UP = 200
private const val OPEN_SAMPLES = 301

/** `agent bench --dir DIR`: what a page and a start take through the kit, and at least. Lines of a name and microseconds. */
fun bench(directory: String): Unit = runBlocking {
    val vault = testVault(directory)
    File(directory).mkdirs()
    val client = Client.open(Config(directory, vault))
    val id = client.fillForBench(CONVERSATIONS.toUInt(), 100u)
    client.shutDown()
    benchOpening(directory, vault)
    val tacita = Tacita.open(directory, vault)
    benchPages(tacita, id)
    tacita.close()
}

/**
 * What a page of 50 messages takes from the kit; what the same call would take if nothing had to be found (the floor), or if it named
 * no conversation besides (the list alone); and what a page takes that goes by the engine's thread.
 */
private suspend fun benchPages(tacita: Tacita, id: ConversationId) {
    check(tacita.messagePage(id, limit = 50u).messages.size == 50)
    val floor = FloorForBench()
    val pages = LongArray(SAMPLES)
    val floors = LongArray(SAMPLES)
    val lists = LongArray(SAMPLES)
    val posted = LongArray(SAMPLES)
    for (turn in -WARM_UP until SAMPLES) {
        val start = System.nanoTime()
        tacita.messagePage(id, limit = 50u)
        val afterPage = System.nanoTime()
        floor.messages(id, null, 50u)
        val afterFloor = System.nanoTime()
        listForBench(50u)
        val afterList = System.nanoTime()
        if (turn >= 0) {
            pages[turn] = afterPage - start
            floors[turn] = afterFloor - afterPage
            lists[turn] = afterList - afterFloor
        }
    }
    for (turn in 0 until SAMPLES) {
        val start = System.nanoTime()
        tacita.messagePage(id, limit = 51u)
        posted[turn] = System.nanoTime() - start
    }
    println("page: ${pages.median()}")
    println("floor: ${floors.median()}")
    println("list: ${lists.median()}")
    println("posted: ${posted.median()}")
}

/**
 * What it takes from opening the client until the first list of conversations has come from the kit, and until a screen's model shows
 * it; until it has come from the bindings alone (the floor), and until the core has it.
 */
private suspend fun benchOpening(directory: String, vault: KeyVault) {
    val kit = LongArray(OPEN_SAMPLES)
    val models = LongArray(OPEN_SAMPLES)
    val floors = LongArray(OPEN_SAMPLES)
    val core = LongArray(OPEN_SAMPLES)
    for (turn in -OPEN_WARM_UP until OPEN_SAMPLES) {
        val taken = listOf(
            openKit(directory, vault),
            openModel(directory, vault),
            openBindings(Config(directory, vault)),
            (openForBench(Config(directory, vault)) * 1000).toLong(),
        )
        if (turn >= 0) listOf(kit, models, floors, core).zip(taken) { samples, time -> samples[turn] = time }
    }
    println("open: ${kit.median()}")
    println("open model: ${models.median()}")
    println("open floor: ${floors.median()}")
    println("open core: ${core.median()}")
}

private suspend fun openKit(directory: String, vault: KeyVault): Long {
    val start = System.nanoTime()
    val tacita = Tacita.open(directory, vault)
    val rows = tacita.conversations(ListFilter.MAIN).first()
    val taken = System.nanoTime() - start
    check(rows.size == CONVERSATIONS)
    tacita.close()
    return taken
}

private suspend fun openModel(directory: String, vault: KeyVault): Long {
    val start = System.nanoTime()
    val tacita = Tacita.open(directory, vault)
    val model = ConversationListModel(tacita)
    val shown = model.state.mapNotNull { it.shown }.first()
    val taken = System.nanoTime() - start
    check(shown.rows.size == CONVERSATIONS)
    model.close()
    tacita.close()
    return taken
}

private suspend fun openBindings(config: Config): Long {
    val start = System.nanoTime()
    val client = Client.open(config)
    val update = client.conversationList(ListFilter.MAIN).use { it.next(0u) }
    val taken = System.nanoTime() - start
    val first = update?.changes?.single()
    check(first is ListChange.Reset && first.rows.size == CONVERSATIONS)
    client.shutDown()
    return taken
}

private fun LongArray.median(): Double = sorted()[size / 2] / 1000.0
