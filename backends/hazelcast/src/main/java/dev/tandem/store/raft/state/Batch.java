package dev.tandem.store.raft.state;

import dev.tandem.task.CodecException;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.TaskCommand;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Commands that are applied one after the other, as one entry of a group's log. Immutable.
 *
 * <p>A proposer numbers its batches for a group from 1 on. The number is how a batch that comes again is recognised: it gets
 * the answer that it got first, and is not applied again.
 */
public final class Batch {
    /** The most batches that a proposer may have under way in one group: {@code number} is below {@code lowest} plus this. */
    public static final int UNDER_WAY_MAX = 16;

    private final UUID proposer;
    private final long number;
    private final long lowest;
    private final List<TaskCommand> commands;

    /** The commands as they are written: to the network, to each member's log, to each follower. Made once, if at all. */
    private volatile byte @Nullable [][] encoded;

    /**
     * @param proposer who sends it: a random id, never used again after its process ends
     * @param number this batch's
     * @param lowest the lowest of the proposer's numbers that it still waits for; answers to lower ones are forgotten
     */
    public Batch(UUID proposer, long number, long lowest, List<TaskCommand> commands) {
        this(proposer, number, lowest, commands, null);
    }

    private Batch(UUID proposer, long number, long lowest, List<TaskCommand> commands, byte @Nullable [][] encoded) {
        if (lowest < 1 || number < lowest || number - lowest >= UNDER_WAY_MAX) {
            throw new IllegalArgumentException("batch " + number + ", with " + lowest + " still waited for, and "
                    + UNDER_WAY_MAX + " under way at most");
        }
        this.proposer = proposer;
        this.number = number;
        this.lowest = lowest;
        this.commands = List.copyOf(commands);
        this.encoded = encoded;
    }

    public UUID proposer() {
        return proposer;
    }

    public long number() {
        return number;
    }

    public long lowest() {
        return lowest;
    }

    public List<TaskCommand> commands() {
        return commands;
    }

    /** How many bytes {@link #write} writes. */
    public int size() {
        int size = 4 * Long.BYTES + Integer.BYTES;
        for (byte[] command : encoded()) {
            size += Integer.BYTES + command.length;
        }
        return size;
    }

    public void write(DataOutput out) throws IOException {
        out.writeLong(proposer.getMostSignificantBits());
        out.writeLong(proposer.getLeastSignificantBits());
        out.writeLong(number);
        out.writeLong(lowest);
        byte[][] bytes = encoded();
        out.writeInt(bytes.length);
        for (byte[] command : bytes) {
            out.writeInt(command.length);
            out.write(command);
        }
    }

    /** Two threads may make it at once, and make the same. */
    private byte[][] encoded() {
        byte[][] made = encoded;
        if (made == null) {
            made = new byte[commands.size()][];
            for (int i = 0; i < made.length; i++) {
                made[i] = CommandCodec.encode(commands.get(i));
            }
            encoded = made;
        }
        return made;
    }

    /**
     * The batch that was written; it keeps the bytes.
     *
     * @param bytesMax how many bytes there can be at most
     * @throws CodecException if it can't be read
     */
    public static Batch read(DataInput in, int bytesMax) throws IOException {
        UUID proposer = new UUID(in.readLong(), in.readLong());
        long number = in.readLong();
        long lowest = in.readLong();
        int count = in.readInt();
        if (count < 0 || count > bytesMax / Integer.BYTES) {
            throw new CodecException("a batch has " + count + " commands");
        }
        byte[][] encoded = new byte[count][];
        List<TaskCommand> commands = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int length = in.readInt();
            if (length < 0 || length > bytesMax) {
                throw new CodecException("a command has " + length + " bytes");
            }
            encoded[i] = new byte[length];
            in.readFully(encoded[i]);
            commands.add(CommandCodec.decode(encoded[i]));
        }
        return new Batch(proposer, number, lowest, commands, encoded);
    }
}
