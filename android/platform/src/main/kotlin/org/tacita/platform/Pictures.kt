package org.tacita.platform

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import java.io.ByteArrayOutputStream

/** The pixels of a picture file, or null if it is none or says that it is large: what a contact sends may be anything. */
public fun decodeSmall(file: ByteArray): Bitmap? {
    val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeByteArray(file, 0, file.size, size)
    if (size.outWidth !in 1..LARGEST || size.outHeight !in 1..LARGEST) return null
    return BitmapFactory.decodeByteArray(file, 0, file.size)
}

/** A picture of the user's, small enough for a profile; null if it is none. Where it was taken is not in it any more. */
public fun shrink(file: ByteArray): ByteArray? {
    val whole = BitmapFactory.decodeByteArray(file, 0, file.size) ?: return null
    val side = minOf(whole.width, whole.height)
    val square = Bitmap.createBitmap(whole, (whole.width - side) / 2, (whole.height - side) / 2, side, side)
    val small = Bitmap.createScaledBitmap(square, SIDE, SIDE, true)
    for (quality in 90 downTo 10 step 10) {
        val written = ByteArrayOutputStream()
        small.compress(Bitmap.CompressFormat.JPEG, quality, written)
        if (written.size() <= PROFILE_LIMIT) return written.toByteArray()
    }
    return null
}

private const val LARGEST = 4096
private const val SIDE = 256

/** Bytes of a profile's picture. */
private const val PROFILE_LIMIT = 16_384
