package org.tacita.jvm

import com.sun.jna.Platform
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.tacita.bindings.Client
import org.tacita.bindings.ClientException
import org.tacita.bindings.Config
import org.tacita.bindings.KeyVault
import org.tacita.bindings.VaultException

/** The archive alone is enough: nobody says where the library lies. */
class JvmTest {
    private val directory: Path = Files.createTempDirectory("tacita-jvm")

    @AfterTest
    @OptIn(ExperimentalPathApi::class)
    fun delete() = directory.deleteRecursively()

    @Test
    fun storeOpensWithTheLibraryInside() = runBlocking {
        assertNull(System.getProperty("jna.library.path"))
        assertNotNull(javaClass.classLoader.getResource("${Platform.RESOURCE_PREFIX}/${System.mapLibraryName("tacita")}"))
        val vault = MemoryVault()
        repeat(2) {
            val client = Client.open(Config(directory.toString(), vault))
            assertNull(client.account())
            client.shutDown()
        }
        assertTrue(Files.list(directory).use { it.count() } > 0)
        assertFailsWith<ClientException> { Client.open(Config(directory.toString(), MemoryVault())) }
        Unit
    }
}

/** Keeps keys as long as the test runs. Whoever has lost them opens nothing. */
private class MemoryVault : KeyVault {
    private val keys = mutableListOf<ByteArray>()

    override fun wrap(key: ByteArray): ByteArray {
        keys += key
        return byteArrayOf(keys.lastIndex.toByte())
    }

    override fun unwrap(blob: ByteArray): ByteArray =
        keys.getOrNull(blob.single().toInt()) ?: throw VaultException.Failed()

    override fun isTest(): Boolean = false
}
