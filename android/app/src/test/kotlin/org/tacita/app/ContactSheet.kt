package org.tacita.app

import java.nio.file.Files
import java.nio.file.Path

/** The contact sheet: all pictures on one page, a row for each scene. */
object ContactSheet {
    fun write(folder: Path, scenes: List<String>, looks: List<Look>) {
        val rows = scenes.joinToString("\n") { scene ->
            val cells = looks.joinToString("") { look ->
                val file = "$scene-${look.name}.png"
                "<td><a href=\"$file\"><img src=\"$file\" alt=\"$scene, ${look.name}\" loading=\"lazy\"></a></td>"
            }
            "<tr><th>$scene</th>$cells</tr>"
        }
        val heads = looks.joinToString("") { "<th>${it.name}</th>" }
        Files.writeString(
            folder.resolve("index.html"),
            """
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>Tacita: ${scenes.size} screens</title>
            <style>
            body { font: 14px sans-serif; background: #ddd; margin: 16px }
            img { width: 220px; border-radius: 8px; display: block }
            th { text-align: left; vertical-align: top; padding: 6px; position: sticky; left: 0; background: #ddd }
            td { padding: 6px }
            </style>
            <table><tr><th></th>$heads</tr>
            $rows
            </table></html>
            """.trimIndent(),
        )
    }
}
