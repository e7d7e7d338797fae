package dev.tandem.grpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.tandem.task.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Payloads between messages and tasks, without a copy where that is safe: both sides hold them as immutable. */
final class ProtoBytes {
    private ProtoBytes() {}

    static ByteString of(Bytes bytes) {
        return bytes.isEmpty() ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(bytes.array());
    }

    /** Takes over the array behind {@code bytes} if it is exactly these bytes, as it is after parsing. */
    static Bytes of(ByteString bytes) {
        if (bytes.isEmpty()) {
            return Bytes.EMPTY;
        }
        WholeArray whole = new WholeArray(bytes.size());
        try {
            UnsafeByteOperations.unsafeWriteTo(bytes, whole);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] array = whole.array;
        return Bytes.of(array != null ? array : bytes.toByteArray());
    }

    /** Is handed the arrays that a ByteString is made of, and keeps it if it is a single whole one. */
    private static final class WholeArray extends ByteOutput {
        private final int size;
        private byte @Nullable [] array;

        WholeArray(int size) {
            this.size = size;
        }

        @Override
        public void write(byte value) {}

        @Override
        public void write(byte[] value, int offset, int length) {}

        @Override
        public void write(ByteBuffer value) {}

        @Override
        public void writeLazy(byte[] value, int offset, int length) {
            if (offset == 0 && length == size && value.length == size) {
                array = value;
            }
        }

        @Override
        public void writeLazy(ByteBuffer value) {}
    }
}
