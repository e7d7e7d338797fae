package dev.tandem.grpc;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** The outer form of page tokens and cursors: base64url, a format byte first and a checksum last. */
final class TokenBytes {
    private static final int CHECKSUM_BYTES = 4;
    private static final int CHARS_MAX = 4096;

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private TokenBytes() {}

    /** {@code body}, whose first byte is the format, as a token. */
    static String seal(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining() + CHECKSUM_BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes);
        out.put(body);
        out.putInt(checksum(bytes, bytes.length - CHECKSUM_BYTES));
        return ENCODER.encodeToString(bytes);
    }

    /** What is in a token, behind the format byte; null if it is not a token of this format. */
    static @Nullable ByteBuffer open(String token, byte format) {
        if (token.length() > CHARS_MAX) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return null;
        }
        int length = bytes.length - CHECKSUM_BYTES;
        if (length < 1 || bytes[0] != format) {
            return null;
        }
        if (!ENCODER.encodeToString(bytes).equals(token)) {
            return null; // other bits in the last character, which stand for nothing
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (in.getInt(length) != checksum(bytes, length)) {
            return null;
        }
        return in.position(1).limit(length);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** A 64-bit FNV-1a hash of text, that goes on from {@code hash}. Not against malice: tokens guard no secrets. */
    static long hash(long hash, String text) {
        long result = hash;
        for (int i = 0; i < text.length(); i++) {
            result = (result ^ text.charAt(i)) * 0x100000001b3L;
        }
        // Ends each text, so that "ab","c" and "a","bc" differ.
        return (result ^ 0x1ffff) * 0x100000001b3L;
    }

    static final long HASH_START = 0xcbf29ce484222325L;
}
