package org.tacita.agent

import java.io.File
import kotlinx.coroutines.runBlocking
import org.tacita.bindings.Client
import org.tacita.bindings.Config
import org.tacita.bindings.pageForBench
import org.tacita.bindings.testVault
import org.tacita.kit.Tacita

private const val WARM_UP = 3000
private const val SAMPLES = 2001

/**
 * `agent bench --dir DIR`: what a page of 50 messages takes from the kit, and what it would take if nothing had to be
 * found; then what the first list takes from the start. Lines of a name and microseconds.
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
    val pages = LongArray(SAMPLES)
    val floors = LongArray(SAMPLES)
    for (turn in -WARM_UP until SAMPLES) {
        val start = System.nanoTime()
        tacita.messagePage(id, limit = 50u)
        val between = System.nanoTime()
        pageForBench(50u)
        val end = System.nanoTime()
        if (turn >= 0) {
            pages[turn] = between - start
            floors[turn] = end - between
        }
    }
    println("page: ${pages.median()}")
    println("floor: ${floors.median()}")
    tacita.close()
}

private fun LongArray.median(): Double = sorted()[size / 2] / 1000.0
