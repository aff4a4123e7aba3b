package org.tacita.kit

import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import org.tacita.bindings.Direction
import org.tacita.bindings.testVault

class CancellationTest {
    @Test
    fun `a cancelled call still runs to its commit`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val random = Random(1)
        var cancelled = 0
        coroutineScope {
            repeat(CANCELS) { number ->
                // Undispatched: the call is on its way before this goes on.
                val call = launch(start = CoroutineStart.UNDISPATCHED) { ben.sendText(bensId, "$number") }
                if (random.nextBoolean()) delay(random.nextLong(3))
                call.cancelAndJoin()
                if (call.isCancelled) cancelled++
            }
        }
        assertTrue(cancelled > CANCELS / 4, "only $cancelled calls were cancelled in their middle")
        val expected = List(CANCELS) { "$it" }
        val all = ben.messages(bensId, 2u * CANCELS.toUInt()).first { page ->
            page.texts(Direction.OUTGOING).size >= CANCELS
        }
        assertEquals(expected, all.texts(Direction.OUTGOING))
        val received = ada.messages(adasId, 2u * CANCELS.toUInt()).first { page ->
            page.texts(Direction.INCOMING).size >= CANCELS
        }
        assertEquals(expected, received.texts(Direction.INCOMING))
    }

    @Test
    fun `cancelled collectors lose no event`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val random = Random(2)
        val seen = mutableListOf<String>()
        var cursor = 0uL
        var place = 0uL
        var cancels = 0
        coroutineScope {
            val sender = async(Dispatchers.Default) {
                repeat(CANCELS) { number ->
                    ben.sendText(bensId, "$number")
                    if (number % 10 == 0) delay(5)
                }
            }
            // Reads only what an event has told of: an event that got lost would leave texts unread for ever.
            while (seen.size < CANCELS || cancels < CANCELS) {
                val done = withTimeoutOrNull(random.nextLong(1, 6)) {
                    ada.changes(cursor).collect { batch ->
                        val page = ada.messagePageAfter(adasId, place, 1000u).beforeFirstMissing()
                        seen += page.texts(Direction.INCOMING)
                        place = page.messages.lastOrNull()?.place ?: place
                        cursor = batch.cursor
                    }
                }
                if (done == null) cancels++
            }
            sender.await()
        }
        assertEquals(List(CANCELS) { "$it" }, seen)
    }

    @Test
    fun `a client whose opening was cancelled leaves the store unlocked`() = world {
        repeat(20) { number ->
            coroutineScope {
                val opening = launch(Dispatchers.Default) {
                    Tacita.open(directory("Ada"), testVault(directory("Ada"))).close()
                }
                delay(number.toLong())
                opening.cancelAndJoin()
            }
            open("Ada").close()
        }
    }

    private companion object {
        const val CANCELS = 300
    }
}
