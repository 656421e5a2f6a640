"""The drawing as a value: elements, designs, deltas, documents and the kinds they are made of."""
