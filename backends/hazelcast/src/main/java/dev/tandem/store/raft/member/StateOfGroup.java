package dev.tandem.store.raft.member;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.state.GroupState;
import java.io.IOException;

/** A group's state, as Hazelcast hands it around. */
final class StateOfGroup implements IdentifiedDataSerializable {
    private GroupState state;

    StateOfGroup() {
        this(GroupState.empty());
    }

    StateOfGroup(GroupState state) {
        this.state = state;
    }

    GroupState state() {
        return state;
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
        state.write(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        state = GroupState.read(in);
    }
}
