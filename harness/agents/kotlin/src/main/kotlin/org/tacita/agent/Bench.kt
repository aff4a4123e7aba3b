package org.tacita.agent

import java.io.File
import kotlinx.coroutines.runBlocking
import org.tacita.bindings.Client
import org.tacita.bindings.Config
import org.tacita.bindings.FloorForBench
import org.tacita.bindings.listForBench
import org.tacita.bindings.testVault
import org.tacita.kit.Tacita

/** Until the compiler has done what it does: a third less time for each. */
private const val WARM_UP = 20_000
private const val SAMPLES = 2001

/**
 * `agent bench --dir DIR`: what a page of 50 messages takes from the kit; what the same call would take if nothing had to
 * be found (the floor), or if it named no conversation besides (the list alone); what a page takes that goes by the engine's thread; and
 * what the first list takes from the start. Lines of a name and microseconds.
 */
fun bench(directory: String): Unit = runBlocking {
    val vault = testVault(directory)
    File(directory).mkdirs()
    val client = Client.open(Config(directory, vault))
    val id = client.fillForBench(100u, 100u)
    client.shutDown()

    val started = System.nanoTime()
    val tacita = Tacita.open(directory, vault)
    check(tacita.conversationList().size == 100)
    println("first list: ${(System.nanoTime() - started) / 1000.0}")

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
    tacita.close()
}

private fun LongArray.median(): Double = sorted()[size / 2] / 1000.0
