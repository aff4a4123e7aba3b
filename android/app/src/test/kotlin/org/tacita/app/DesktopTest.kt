package org.tacita.app

import java.io.File
import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertTrue

/** The app in a window, on a display that nobody sees. */
class DesktopTest {
    @Test
    fun windowOpensWithTheRealCoreBehindIt() {
        val directory = Files.createTempDirectory("tacita-desktop")
        val process = ProcessBuilder(
            "xvfb-run", "--auto-servernum", "--server-args=-screen 0 1024x1024x24",
            File(System.getProperty("java.home"), "bin/java").path,
            "-Dskiko.renderApi=SOFTWARE",
            "-cp", System.getProperty("java.class.path"),
            "org.tacita.app.desktop.MainKt", "$directory/store",
        ).redirectErrorStream(true).start()
        try {
            val lines = mutableListOf<String>()
            val opened = CompletableFuture.supplyAsync {
                process.inputReader().lineSequence().onEach { lines += it }.any { it == "window is open" }
            }.get(60, TimeUnit.SECONDS)
            assertTrue(opened, lines.joinToString("\n"))
            assertTrue(process.isAlive)
            assertTrue(Files.exists(directory.resolve("store/tacita.lock")), "the core has opened no store")
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly)
            process.destroyForcibly().waitFor()
            directory.toFile().deleteRecursively()
        }
    }
}
