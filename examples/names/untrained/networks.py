import timm
from torchvision.models import ResNet50_Weights, resnet50

teacher = resnet50(weights=ResNet50_Weights.IMAGENET1K_V2)
student = timm.create_model("vit_base_patch16_224")
