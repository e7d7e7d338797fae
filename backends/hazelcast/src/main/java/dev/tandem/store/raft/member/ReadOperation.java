package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.QueryCodec;
import java.io.IOException;

/** A question to a group. On the group's thread it takes no more than the view that it will be answered from. */
final class ReadOperation extends RaftOp implements IdentifiedDataSerializable {
    private GroupQuery query;

    ReadOperation() {
        this(new GroupQuery.Ask(new TaskQuery.Namespaces()));
    }

    ReadOperation(GroupQuery query) {
        this.query = query;
    }

    @Override
    public Object run(CPGroupId group, long commitIndex) {
        return new ReadAnswer(query, this.<TaskService>getService().view(group));
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
        return TaskTypes.READ;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        QueryCodec.write(query, out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        query = QueryCodec.read(in);
    }
}
