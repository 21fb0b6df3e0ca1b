// What Relay's compiler reads; it is never run.

graphql`
  fragment operationsVisitor on Visitor {
    id
    name
    visits
  }
`;

graphql`
  query operationsReadQuery($id: UUID!) {
    visitor(id: $id) {
      id
      ...operationsVisitor
    }
  }
`;

graphql`
  mutation operationsCreateMutation($name: String!) {
    createVisitor(data: { name: $name }) {
      visitor {
        id
        ...operationsVisitor
      }
    }
  }
`;

graphql`
  subscription operationsLabelsSubscription {
    labelAdded {
      id
      text
    }
  }
`;
