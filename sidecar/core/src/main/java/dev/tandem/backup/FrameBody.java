package dev.tandem.backup;

import dev.tandem.task.CodecException;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.StoredRecord;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@link FrameWriter} wrote behind a frame's head. */
final class FrameBody {
    private FrameBody() {}

    /**
     * The frame that these bytes hold.
     *
     * @throws CodecException if they hold none
     */
    static Frame decode(byte[] bytes, int from, int length) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, from, length))) {
            Frame frame = read(in, length);
            if (in.available() > 0) {
                throw new CodecException(in.available() + " bytes too many");
            }
            return frame;
        } catch (IOException e) {
            throw new CodecException("it ends too early, or has a text that is none");
        }
    }

    private static Frame read(DataInputStream in, int length) throws IOException {
        int type = in.readUnsignedByte();
        return switch (type) {
            case Frame.HEADER -> new Frame.Header(in.readLong(), in.readUTF(), in.readUTF(), readTexts(in));
            case Frame.BEGIN -> new Frame.Begin(in.readUTF(), in.readLong(), in.readLong());
            case Frame.RECORDS -> new Frame.Records(readRecords(in), length);
            case Frame.END -> new Frame.End(readSummary(in));
            case Frame.TRAILER -> new Frame.Trailer(in.readLong());
            default -> throw new CodecException("it is of the unknown type " + type);
        };
    }

    private static NamespaceSummary readSummary(DataInputStream in) throws IOException {
        return new NamespaceSummary(
                in.readUTF(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                readTexts(in));
    }

    private static List<StoredRecord> readRecords(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 1 || count > FrameFormat.RECORDS_MAX) {
            throw new CodecException("it has " + count + " records");
        }
        List<StoredRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int length = in.readInt();
            if (length < 0 || length > in.available()) {
                throw new CodecException("a record has " + length + " bytes");
            }
            records.add(RecordCodec.decodeRecord(in.readNBytes(length)));
        }
        return List.copyOf(records);
    }

    private static List<String> readTexts(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(in.readUTF());
        }
        return List.copyOf(texts);
    }
}
