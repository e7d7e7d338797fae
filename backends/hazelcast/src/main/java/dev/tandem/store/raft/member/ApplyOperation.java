package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.IndeterminateOperationStateAware;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.task.CodecException;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.TaskCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A batch of commands, as an entry of a group's log. Applied once, however often it comes. */
final class ApplyOperation extends RaftOp implements IdentifiedDataSerializable, IndeterminateOperationStateAware {
    private static final int FORMAT = 1;

    private Batch batch;

    /** The commands as they are written: on each member to the log, and by the leader to each follower. Made once, if at all. */
    private byte @Nullable [][] encoded;

    ApplyOperation() {
        this(new Batch(new UUID(0, 0), 1, 1, List.of()));
    }

    ApplyOperation(Batch batch) {
        this.batch = batch;
    }

    @Override
    public Object run(CPGroupId group, long commitIndex) {
        return new ApplyAnswer(this.<TaskService>getService().apply(group, batch));
    }

    @Override
    public boolean isRetryableOnIndeterminateOperationState() {
        return true;
    }

    @Override
    protected String getServiceName() {
        return TaskService.NAME;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.APPLY;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeLong(batch.proposer().getMostSignificantBits());
        out.writeLong(batch.proposer().getLeastSignificantBits());
        out.writeLong(batch.number());
        out.writeLong(batch.lowest());
        byte[][] commands = encoded();
        out.writeInt(commands.length);
        for (byte[] command : commands) {
            out.writeByteArray(command);
        }
    }

    /** Two threads may make it at once, and make the same. */
    private byte[][] encoded() {
        byte[][] made = encoded;
        if (made == null) {
            made = new byte[batch.commands().size()][];
            for (int i = 0; i < made.length; i++) {
                made[i] = CommandCodec.encode(batch.commands().get(i));
            }
            encoded = made;
        }
        return made;
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int format = in.readUnsignedByte();
        if (format != FORMAT) {
            throw new CodecException(
                    "an entry of the log has format " + format + ", and this version of Tandem knows format " + FORMAT
                            + ": use the version that wrote it, or a newer one");
        }
        UUID proposer = new UUID(in.readLong(), in.readLong());
        long number = in.readLong();
        long lowest = in.readLong();
        int count = in.readInt();
        byte[][] bytes = new byte[count][];
        List<TaskCommand> commands = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] command = in.readByteArray();
            if (command == null) {
                throw new CodecException("an entry of the log has a hole");
            }
            bytes[i] = command;
            commands.add(CommandCodec.decode(command));
        }
        encoded = bytes;
        batch = new Batch(proposer, number, lowest, List.copyOf(commands));
    }
}
