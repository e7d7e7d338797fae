package dev.tandem.store.raft.member;

import com.hazelcast.internal.serialization.impl.ObjectDataOutputStream;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.state.GroupState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A group's state, as Hazelcast hands it around: whole in memory and on disk, and a mere promise in the message with which a
 * leader sends it to another member. That one asks for it, and gets it in pieces: see {@link CatchUpService}.
 */
final class StateOfGroup implements IdentifiedDataSerializable {
    /** Where the number of a state's format would be. */
    private static final int PROMISE = 0;

    private @Nullable GroupState state;

    /** A promise. */
    StateOfGroup() {}

    StateOfGroup(GroupState state) {
        this.state = state;
    }

    boolean isPromise() {
        return state == null;
    }

    GroupState state() {
        GroupState whole = state;
        if (whole == null) {
            throw new IllegalStateException("the state is not here yet");
        }
        return whole;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.STATE;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        // Messages are put together in memory. What is written to a stream goes to the disk.
        if (out instanceof ObjectDataOutputStream) {
            state().write(out);
        } else {
            out.writeInt(PROMISE);
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int format = in.readInt();
        state = format == PROMISE ? null : GroupState.read(format, in);
    }
}
