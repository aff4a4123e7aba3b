package org.tacita.kit

import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.tacita.bindings.runVector

/** The vectors of core/tests/vectors, read here and run through the library that the kit is linked with. */
class VectorsTest {
    @TestFactory
    fun `every vector holds`(): List<DynamicTest> {
        val files = File("../../core/tests/vectors").listFiles { file -> file.extension == "json" }.orEmpty().sorted()
        assertTrue(files.size >= 13, "the vectors were found")
        return files.map { file -> dynamicTest(file.nameWithoutExtension) { check(file) } }
    }

    private fun check(file: File) {
        val cases = Json.parseToJsonElement(file.readText()).jsonObject.getValue("cases").jsonArray
        for (case in cases.map { it.jsonObject }) {
            val operation = case.getValue("operation").jsonPrimitive.content
            val answer = Json.parseToJsonElement(runVector(operation, case.getValue("inputs").toString()))
            val expected = JsonObject(case.filterKeys { it == "outputs" || it == "error" })
            // Not by assertEquals: its message would be megabytes.
            assertTrue(answer == expected, "${case["name"]}: ${answer.toString().take(300)}")
        }
        val refused = cases.count { "error" in it.jsonObject }
        assertTrue(refused in 1 until cases.size, "there are good cases and bad ones")
    }

    @TestFactory
    fun `what is no case is told apart`(): List<DynamicTest> = listOf("no-such-operation", "pad").map { operation ->
        dynamicTest(operation) {
            val answer = Json.parseToJsonElement(runVector(operation, "{}")).jsonObject
            assertEquals(setOf("error"), answer.keys)
            assertTrue(answer.getValue("error").jsonPrimitive.content.startsWith("BadCase"))
        }
    }
}
