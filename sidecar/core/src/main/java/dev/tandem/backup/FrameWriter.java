package dev.tandem.backup;

import dev.tandem.task.RecordCodec;
import dev.tandem.task.StoredRecord;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Writes the frames of one backup, in the order in which {@link FrameReader} expects them. */
final class FrameWriter {
    private long frames;

    /** A frame of records, and the index of the first that did not go into it. */
    record Piece(Buffer frame, int next) {}

    @FunctionalInterface
    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    /** The beginning of the file. */
    Buffer header(Frame.Header header) {
        Buffer start = Buffer.buffer(FrameFormat.fileStart());
        return start.appendBuffer(frame(Frame.HEADER, out -> {
            out.writeLong(header.timeMillis());
            out.writeUTF(header.version());
            out.writeUTF(header.source());
            write(header.namespaces(), out);
        }));
    }

    Buffer begin(Frame.Begin begin) {
        return frame(Frame.BEGIN, out -> {
            out.writeUTF(begin.namespace());
            out.writeLong(begin.version());
            out.writeLong(begin.timeMillis());
        });
    }

    /** Of these records, from an index on, as many as one frame takes. */
    Piece records(List<StoredRecord> records, int from) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(FrameFormat.RECORDS_BYTES / 8);
        int next = from;
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            while (next < records.size()
                    && next - from < FrameFormat.RECORDS_MAX
                    && bytes.size() < FrameFormat.RECORDS_BYTES) {
                byte[] record = RecordCodec.encode(records.get(next++));
                out.writeInt(record.length);
                out.write(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int count = next - from;
        return new Piece(
                frame(Frame.RECORDS, out -> {
                    out.writeInt(count);
                    bytes.writeTo(out);
                }),
                next);
    }

    Buffer end(NamespaceSummary summary) {
        return frame(Frame.END, out -> {
            out.writeUTF(summary.namespace());
            out.writeLong(summary.version());
            out.writeLong(summary.timeMillis());
            out.writeLong(summary.tasks());
            out.writeLong(summary.tombstones());
            out.writeLong(summary.leases());
            out.writeLong(summary.requests());
            out.writeLong(summary.changes());
            write(summary.unreadable(), out);
        });
    }

    Buffer trailer() {
        long before = frames;
        return frame(Frame.TRAILER, out -> out.writeLong(before));
    }

    private static void write(List<String> texts, DataOutputStream out) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    private Buffer frame(int type, Body body) {
        frames++;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.write(new byte[FrameFormat.HEAD_BYTES]);
            out.writeByte(type);
            body.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not by an array
        }
        byte[] whole = bytes.toByteArray();
        int length = whole.length - FrameFormat.HEAD_BYTES;
        ByteBuffer head = ByteBuffer.wrap(whole);
        head.putInt(length).putInt(FrameFormat.checksum(whole, FrameFormat.HEAD_BYTES, length));
        head.putInt(FrameFormat.checksum(whole, 0, 2 * Integer.BYTES));
        return Buffer.buffer(whole);
    }
}
